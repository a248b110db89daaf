-- What stands about a subject, read in one step.
return {standing()}
