"""What `dispatch mailout check` looks at, beside what drafting the letters shows.

averages        from how many authorities an average is taken
dates           the dates and times of a plan
people          the names, job titles and addresses that a letter prints
references      what a plan and the register call each other by
taken_over      what is word for word that of the plan before
"""
