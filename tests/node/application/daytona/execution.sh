#!/bin/sh
exec python /app/agent-runner.py
