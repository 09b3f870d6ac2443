using { bakery } from '../db/schema';

@path: '/bakery'
@requires: 'Customer'
service BakeryService {
  @readonly entity Grains as projection on bakery.Grains;
  @restrict: [ { grant: 'READ' }, { grant: ['CREATE', 'UPDATE'], to: 'Baker' } ]
  entity Breads as projection on bakery.Breads;
}
