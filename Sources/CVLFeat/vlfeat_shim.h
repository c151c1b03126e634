#include <vl/dsift.h>
#include <vl/fisher.h>
#include <vl/generic.h>
#include <vl/gmm.h>
#include <vl/hog.h>
#include <vl/kmeans.h>
#include <vl/random.h>
