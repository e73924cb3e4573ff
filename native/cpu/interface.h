// Exports the C interface; everything else in the library is hidden.
#ifndef AFTERIMAGE_CPU_INTERFACE_H
#define AFTERIMAGE_CPU_INTERFACE_H

#pragma GCC visibility push(default)
#include <afterimage.h>
#pragma GCC visibility pop

#endif
