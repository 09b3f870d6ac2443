namespace bakery;

using { managed } from '@sap/cds/common';

entity Breads : managed {
  key ID    : Integer;
      name  : localized String(40);
      price : Decimal(9, 2);
      grain : Association to Grains;
}

entity Grains {
  key code   : String(3);
      name   : String(40);
      breads : Association to many Breads on breads.grain = $self;
}
