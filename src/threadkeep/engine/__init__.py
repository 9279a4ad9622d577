"""What makes a run move. Knows no HTTP and no SQL: storage, bus and chat models reach it through their contracts."""
