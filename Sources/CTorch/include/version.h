#ifndef SPARRING_VERSION_H
#define SPARRING_VERSION_H

/// The package's version: the tool says it, and the library is installed under it.
#define SPARRING_VERSION "0.1.0"

#endif
