"""What Caliban knows: sweeps, images, jobs, and the use cases over them; standard library only."""
