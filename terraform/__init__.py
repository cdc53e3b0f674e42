"""What the Data Platform's Terraform says, as far as it can be told without it. The suite and its sandbox read it."""
