"""What is in a gradebook."""

from nbgrader.api import Gradebook


def recorded(course):
    """{(student, assignment): {exercise: points}} from the gradebook."""
    with Gradebook(course.database) as gradebook:
        return {
            (submission.student.id, assignment.name): {
                grade.name.removeprefix("check_"): grade.score for grade in submission.notebooks[0].grades
            }
            for assignment in gradebook.assignments
            for submission in assignment.submissions
        }
