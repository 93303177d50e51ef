"""What machines answer for people, and how to tell that a machine wrote it.

answers     what an autoreply says
absences    the day until which somebody is away
successors  the contact that it names in place of one who has left
"""
