"""What the Data Platform's Terraform says, as far as it can be told without Terraform. The suite and its sandbox read it."""
