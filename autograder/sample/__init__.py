"""The sample class: submissions made from right and wrong variants, blanks and real mistakes, scores known beforehand."""
