"""What is in the middle of many measurements, and near their end."""


def median(values):
    return percentile(values, .5)


def percentile(values, share):
    """The nearest rank."""
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]
