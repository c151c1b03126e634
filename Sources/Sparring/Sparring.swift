// All rooms of the library under one name: `import Sparring`.
@_exported public import SparringDatasets
@_exported public import SparringEvaluation
@_exported public import SparringExperiments
@_exported public import SparringExport
@_exported public import SparringModels
@_exported public import SparringObjectives
@_exported public import SparringPresets
@_exported public import SparringRecipes
@_exported public import SparringReporting
@_exported public import SparringTorch
@_exported public import SparringTraining
