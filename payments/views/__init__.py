"""The pages of payments, one module for each noun."""
