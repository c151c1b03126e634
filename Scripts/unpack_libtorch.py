"""Unpacks the C++ part of a torch wheel: unpack_libtorch.py WHEEL FOLDER

Headers, the libraries that a processor needs, licences; neither the Python code nor the CUDA kernels.
Prints the one requirement, if any, that libtorch_cpu needs besides: a wheel built with CUDA links
its processor library, too, against CUDA's run time and its profiler (a few megabytes).
"""

import fnmatch
import re
import sys
import zipfile

WANTED = ["torch/include/*", "torch/lib/*", "torch/share/cmake/*", "torch/version.py", "*.dist-info/*"]
# What stands on CUDA or Python, and would not load without.
UNWANTED = ["*cuda*", "*nvrtc*", "*nvshmem*", "*torch_python*", "libshm*", "libtorch.so", "*jitbackend*", "*torchbind_test*"]


def is_wanted(name: str) -> bool:
    if not any(fnmatch.fnmatchcase(name, pattern) for pattern in WANTED):
        return False
    library = name.removeprefix("torch/lib/") if name.startswith("torch/lib/") else None
    return library is None or not any(fnmatch.fnmatchcase(library, pattern) for pattern in UNWANTED)


def main(wheel_path: str, folder: str) -> None:
    with zipfile.ZipFile(wheel_path) as wheel:
        names = wheel.namelist()
        wheel.extractall(folder, [name for name in names if is_wanted(name)])
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        requirements = wheel.read(metadata).decode("utf-8")
    toolkit = re.search(r"^Requires-Dist: cuda-toolkit\[[^]]*cudart[^]]*\](==[0-9.]+)", requirements, re.M)
    if toolkit:
        print(f"cuda-toolkit[cudart,cupti]{toolkit.group(1)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
