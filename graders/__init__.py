"""Top floor: who is judged - submissions, rubrics, the sandbox, grades."""
