"""What people see: the data as pages. A page is an address; it shows what the reader lets its caller see."""
