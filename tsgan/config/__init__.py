"""Configuration of the GAN: frozen dataclasses, every field explained, checked where they are made."""

from tsgan.config.gan import LEAST_GENERATED as LEAST_GENERATED
from tsgan.config.gan import Beta as Beta
from tsgan.config.gan import GANConfig as GANConfig
from tsgan.config.gan import Objective as Objective
from tsgan.config.gan import Optimizer as Optimizer
from tsgan.config.gan import Penalty as Penalty
from tsgan.config.law import DensityConfig as DensityConfig
from tsgan.config.law import HeadConfig as HeadConfig
from tsgan.config.law import LawConfig as LawConfig
from tsgan.config.law import MemoryConfig as MemoryConfig
from tsgan.config.law import TCNConfig as TCNConfig
from tsgan.config.names import CRITICS as CRITICS
from tsgan.config.names import GENERATORS as GENERATORS
from tsgan.config.names import CriticName as CriticName
from tsgan.config.names import GeneratorName as GeneratorName
from tsgan.config.training import AdversarialConfig as AdversarialConfig
from tsgan.config.training import BootstrapConfig as BootstrapConfig
from tsgan.config.training import CriticConfig as CriticConfig
from tsgan.config.training import DriftConfig as DriftConfig
from tsgan.config.training import LikelihoodConfig as LikelihoodConfig
from tsgan.config.training import OptimizerConfig as OptimizerConfig
from tsgan.config.training import SelectionConfig as SelectionConfig
from tsgan.config.training import TargetingConfig as TargetingConfig
from tsgan.config.training import TrainingConfig as TrainingConfig
from tsgan.config.training import UnitsConfig as UnitsConfig
