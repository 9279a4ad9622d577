"""What a user of Threadkeep would notice, tested."""
