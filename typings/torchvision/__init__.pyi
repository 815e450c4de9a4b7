from torchvision import datasets as datasets
