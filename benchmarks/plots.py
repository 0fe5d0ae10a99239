def draw_plots(r,o): return []
