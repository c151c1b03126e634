// The one function that the library exports.
#include "boundary.hpp"

namespace {

const ct_functions functions = {
#define CT_CALL(name, parameters, arguments) ct_##name,
#define CT_READ(result, otherwise, name, parameters, arguments) ct_##name,
#define CT_ACT(name, parameters, arguments) ct_##name,
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const ct_functions *ct_functions_table(const char *interface) {
  return std::strcmp(interface, ct_interface) == 0 ? &functions : nullptr;
}
