"""The query language: OData's filter expressions, from text to a typed tree to HANA SQL with bound values.

Row rules of the policy, $filter, $orderby and $select of every door are read here and nowhere else.
"""
