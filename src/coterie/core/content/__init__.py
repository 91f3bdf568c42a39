"""What people say: MIMI content, its ids and order, and status reports."""
