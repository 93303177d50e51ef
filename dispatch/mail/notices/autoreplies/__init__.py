"""What machines answer for people, and how to tell that a machine wrote it.

machines    how to tell a message that a machine wrote
answers     what an autoreply says
wording     what machines write, as data
challenges  what we are asked to do before our message is read
absences    the day until which somebody is away
successors  the contact that it names in place of one who has left
typed       what a person types in answer to a question of ours
"""
