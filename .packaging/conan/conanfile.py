# SPDX-License-Identifier: BSL-1.0
# telar for Conan 2: `conan create .packaging/conan` packs the checkout in which this recipe lies.
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class Telar(ConanFile):
    name = "telar"
    description = "A small tensor compiler in a C++20 header"
    license = "BSL-1.0"
    topics = ("tensor", "machine-learning", "neural-network", "autodiff", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    @property
    def _checkout(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):  # it has one home
        config = load(self, os.path.join(self._checkout, "include", "telar", "core", "config.hpp"))
        self.version = ".".join(re.findall(r"define TELAR_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", config))

    def export_sources(self):
        for pattern in "CMakeLists.txt", "LICENSE", ".cmake/*", "docs/Doxyfile", "include/*":
            copy(self, pattern, self._checkout, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()

    def generate(self):
        toolchain = CMakeToolchain(self)
        for what in "TESTS", "EXAMPLES", "BENCH":
            toolchain.cache_variables[f"TELAR_BUILD_{what}"] = False
        toolchain.generate()

    def package(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):  # telar's own telarConfig.cmake makes the targets, telar::compiled among them
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.builddirs = [os.path.join("share", "cmake", "telar")]
        self.cpp_info.set_property("cmake_find_mode", "none")
