namespace library;

using { cuid, managed } from '@sap/cds/common';

entity Genres {
  key ID       : Integer;
      name     : localized String(40);
      parent   : Association to Genres;
      children : Composition of many Genres on children.parent = $self;
}

entity Authors : managed {
  key ID       : Integer;
      name     : String(80);
      born     : Date;
      died     : Date;
      country  : String(2);
      portrait : LargeBinary @Core.MediaType: 'image/png';
      books    : Association to many Books on books.author = $self;
}

type Status : String(1) enum { new = 'N'; open = 'O'; paid = 'P'; }

entity Books : managed {
  key ID        : Integer;
      title     : localized String(80);
      blurb     : localized LargeString;
      author    : Association to Authors;
      genre     : Association to Genres;
      stock     : Integer;
      price     : Decimal(9, 2);
      weight    : Double;
      copies    : Int64;
      published : Date;
      printed   : Timestamp;
      indexed   : DateTime;
      readingAt : Time;
      onSale    : Boolean;
      mark      : Binary(16);
      isbn      : UUID;
      tags      : array of String(20);
      size      : { height : Decimal(5, 1); width : Decimal(5, 1); };
}

entity Orders : cuid, managed {
  number : String(12);
  status : Status default 'N';
  note   : LargeString;
  items  : Composition of many Items on items.order = $self;
}

entity Items {
  key order    : Association to Orders;
  key pos      : Integer;
      book     : Association to Books;
      quantity : Integer;
      amount   : Decimal(11, 2);
      remarks  : Composition of many { key line : Integer; text : String(60); };
}

entity Notices : cuid {
  title : String(60);
  body  : LargeString;
  lines : Composition of many { key line : Integer; text : String(60); };
}

entity AuthorFigures as select from Books {
  key author.ID   as ID    : Integer,
      author.name as name  : String(80),
      count(*)    as books : Integer,
      sum(stock)  as stock : Integer,
      avg(price)  as price : Decimal(9, 2),
      min(published) as first : Date
} group by author.ID, author.name;
