from tsgan.models.gan.density import Density as Density
from tsgan.models.gan.generator import Generator as Generator
from tsgan.models.gan.innovation_cap import draws_at_cap as draws_at_cap
from tsgan.models.gan.market import with_market as with_market
from tsgan.models.gan.memory import Memory as Memory
from tsgan.models.gan.memory import memory_features as memory_features
from tsgan.models.gan.model import GAN as GAN
