from torchvision import datasets as datasets
from torchvision import models as models
