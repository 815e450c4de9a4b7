from scipy import io as io
