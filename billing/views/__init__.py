"""The pages of billing, one module for each noun."""
