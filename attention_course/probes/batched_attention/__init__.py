"""What notebook 03's exams need besides a call, a module for each class that is asked for."""
