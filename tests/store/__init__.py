"""The store on both databases: commands, queries, the door, races, plans."""
