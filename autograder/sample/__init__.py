"""The sample class: submissions made of right and wrong variants, blanks and real mistakes; scores known."""
