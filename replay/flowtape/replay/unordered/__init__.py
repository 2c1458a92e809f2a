"""Lists whose order says nothing: compared as what is in them, each as often as it is there.

They have come in another order from one verifying replay to the next, as sets do; every other list is compared in its order. A flow
file names their *places* (`places`): lists of JSON anywhere (`trees`), what else holds several values (`lists`), and texts that are
lists (`words`). The response is put into the order of the run before it is compared (`arranging`), and what is asked of a dependency
into one order (`orders`).
"""
