"""From lessons to what instructors and learners open: lesson -> solutions -> notebooks, and the learners' zip."""
