"""Who acts: principals and how they are known."""
