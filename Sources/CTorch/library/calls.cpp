// Any operator of the dispatcher, called with a stack of tagged values.
#include <map>
#include <memory>
#include <mutex>

#include "boundary.hpp"

using ctorch::borrow;
using ctorch::deviceOf;
using ctorch::own;

struct ct_operator_s {
  c10::OperatorHandle handle;
};

namespace {

template <typename Element>
c10::IValue listOf(const Element *elements, int64_t count) {
  c10::List<Element> list;
  list.reserve(count);
  for (int64_t i = 0; i < count; i++) list.push_back(elements[i]);
  return list;
}

c10::IValue boxed(const ct_value &value, const c10::Argument &argument) {
  switch (value.kind) {
    case CT_DEFAULT:
      TORCH_CHECK(argument.default_value().has_value(), "argument '", argument.name(), "' has no default");
      return *argument.default_value();
    case CT_NONE: return c10::IValue();
    case CT_TENSOR: return borrow(value.value.tensor);
    case CT_INT:
      // Python's operators take 1 where the schema says float; so do we.
      if (argument.type()->kind() == c10::TypeKind::FloatType) return static_cast<double>(value.value.integer);
      return value.value.integer;
    case CT_DOUBLE: return value.value.real;
    case CT_BOOL: return value.value.integer != 0;
    case CT_STRING: return std::string(value.value.text, value.count);
    case CT_INTS: return listOf<int64_t>(value.value.integers, value.count);
    case CT_DOUBLES: return listOf<double>(value.value.reals, value.count);
    case CT_BOOLS: {
      c10::List<bool> list;
      for (int64_t i = 0; i < value.count; i++) list.push_back(value.value.integers[i] != 0);
      return list;
    }
    case CT_TENSORS: {
      c10::List<at::Tensor> list;
      list.reserve(value.count);
      for (int64_t i = 0; i < value.count; i++) list.push_back(borrow(value.value.tensors[i]));
      return list;
    }
    case CT_OPTIONAL_TENSORS: {
      c10::List<std::optional<at::Tensor>> list;
      for (int64_t i = 0; i < value.count; i++) {
        if (value.value.tensors[i]) {
          list.push_back(borrow(value.value.tensors[i]));
        } else {
          list.push_back(std::nullopt);
        }
      }
      return list;
    }
    case CT_DEVICE: return deviceOf(value.value.device);
    case CT_GENERATOR: return value.value.generator->generator;
  }
  TORCH_CHECK(false, "unknown kind of argument ", static_cast<int>(value.kind));
}

void flatten(const c10::IValue &value, std::vector<at::Tensor> &into) {
  if (value.isTensor()) {
    into.push_back(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor &tensor : value.toTensorVector()) into.push_back(tensor);
  }
}

}  // namespace

char *ct_operator_find(const char *name, const char *overload, ct_operator *found) {
  CT_GUARDED({
    static std::mutex mutex;
    static std::map<std::pair<std::string, std::string>, std::unique_ptr<ct_operator_s>> known;
    std::lock_guard<std::mutex> lock(mutex);
    auto &entry = known[{name, overload}];
    if (!entry) {
      entry.reset(new ct_operator_s{c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)});
    }
    *found = entry.get();
  })
}

char *ct_call(ct_operator op, const ct_value *arguments, size_t count, ct_tensor *results, size_t *resultCount) {
  CT_GUARDED({
    const auto &schema = op->handle.schema().arguments();
    TORCH_CHECK(count <= schema.size(), op->handle.schema().name(), " takes at most ", schema.size(), " arguments");
    std::vector<c10::IValue> stack;
    stack.reserve(schema.size());
    const ct_value missing{CT_DEFAULT, 0, {}};
    for (size_t i = 0; i < schema.size(); i++) stack.push_back(boxed(i < count ? arguments[i] : missing, schema[i]));
    op->handle.callBoxed(&stack);

    std::vector<at::Tensor> tensors;
    for (const auto &value : stack) flatten(value, tensors);
    TORCH_CHECK(tensors.size() <= *resultCount, "more results than room: ", tensors.size());
    *resultCount = tensors.size();
    for (size_t i = 0; i < tensors.size(); i++) results[i] = own(std::move(tensors[i]));
  })
}

char *ct_generator_create(ct_device device, uint64_t seed, ct_generator *result) {
  CT_GUARDED({
    at::Generator generator = at::globalContext().defaultGenerator(deviceOf(device)).clone();
    generator.set_current_seed(seed);
    *result = new ct_generator_s{std::move(generator)};
  })
}

void ct_generator_release(ct_generator generator) { delete generator; }

char *ct_generator_get_state(ct_generator generator, ct_tensor *state) {
  CT_GUARDED({ *state = own(generator->generator.get_state()); })
}

char *ct_generator_set_state(ct_generator generator, ct_tensor state) {
  CT_GUARDED({ generator->generator.set_state(borrow(state)); })
}
