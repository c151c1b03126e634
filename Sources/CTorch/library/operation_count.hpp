// Floating-point operations of convolutions and matrix products, counted while somebody asks for them.
#pragma once

namespace ctorch {

/// Whether the calling thread's work is being counted.
bool countsOperations();

/// Adds what a kernel of our own computes, of which LibTorch's dispatcher hears nothing.
void addOperations(double count);

}  // namespace ctorch
