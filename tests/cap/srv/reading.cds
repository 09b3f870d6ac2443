using { library } from '../db/schema';

@path: '/reading'
service Reading {
  @cds.search: { title, blurb, author.name }
  @cds.redirection.target
  entity Books         as projection on library.Books;
  @cds.search: { name, country }
  entity Authors       as projection on library.Authors;
  entity Genres        as projection on library.Genres;
  entity Orders        as projection on library.Orders;
  entity Items         as projection on library.Items;
  entity AuthorFigures as projection on library.AuthorFigures;
  @odata.draft.enabled
  entity Notices       as projection on library.Notices;
}

annotate Reading.Genres with @Aggregation.RecursiveHierarchy #Tree: {
  NodeProperty: ID,
  ParentNavigationProperty: parent
};
annotate Reading.Genres with @Hierarchy.RecursiveHierarchy #Tree: {
  LimitedDescendantCount: LimitedDescendantCount,
  DistanceFromRoot: DistanceFromRoot,
  DrillState: DrillState,
  LimitedRank: LimitedRank
};
extend Reading.Genres with columns {
  null as LimitedDescendantCount : Int16,
  null as DistanceFromRoot       : Int16,
  null as DrillState             : String,
  null as LimitedRank            : Int16,
};
annotate Reading.Books with @Aggregation.ApplySupported: { PropertyRestrictions: true };
