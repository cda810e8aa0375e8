"""What notebook 04's exams need besides a call: of texts, and of training steps."""
