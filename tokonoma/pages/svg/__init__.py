"""Pictures of figures as SVG: text in, markup out. They know no request, no table and no rule."""
