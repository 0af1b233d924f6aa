"""Measure Punnet as its users meet it: over HTTP, on real pages and questions.

Each script is one command, prints a small table and writes JSON to `bench/out`.
"""
