"""The model as a blend: calibrated grid points, a ridge logistic and small trees, weighed in log-odds.

May import `scoring`'s other rooms but for training and the nightly job, and `metrics`, `history`,
`domain`. Trees and logistic know nothing of the grid; only the weights see all three.
"""
