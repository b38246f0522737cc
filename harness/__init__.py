"""Runs workloads under strategies and says how they compare. (Empty on purpose: a worker imports it first.)"""
