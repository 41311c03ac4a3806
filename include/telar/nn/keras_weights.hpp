// SPDX-License-Identifier: BSL-1.0
// The weights of Keras' files in a model: load_keras.
#pragma once
#include <telar/nn/keras/matching.hpp>

#include <filesystem>

namespace telar::inline TELAR_ABI::nn {

/// What load_keras and save_keras take: a model, a view of one, or a part.
template <class T>
concept HasParameters = requires(T& net) {
    keras::layout_of(net);
};

/// Reads the weights of a file that Keras wrote: .keras, .weights.h5, or a legacy .h5. All, or, when one does not fit,
/// none.
///
///     load_keras("mnist.keras", net);
///     load_keras("mobilenet.weights.h5", nn::part<"backbone">(net));
///
/// shapes    the model's
/// types     floats of any width become the model's
/// errors    file_error, with path and offset: no such file, truncated, damaged; or, with one line for each parameter
///           that has none, or array that nobody wants: other layers; wrong_shape, in the same way
/// edge      a layer is found by its path, as in a Keras model of members (blocks/up for blocks.up), else by its name
///           (Dense(4, name="hidden") for the member hidden), else the n-th layer of a class here, in the order of the
///           calls, is the n-th of that class there. Each way finds all layers or is not taken; with the first two
///           what else the file holds is passed over. Of a legacy file the order of all layers decides. The state of
///           random numbers is not read
/// source    Keras' Model.load_weights; keras/src/saving/saving_lib.py, legacy_h5_format.py
/// test      tests/nn/keras_weights_test.cpp
template <HasParameters Net> void load_keras(const std::filesystem::path& path, Net&& net) {
    const keras::layout model = keras::layout_of(net);
    const keras::stored_model file(path);
    const keras::pairing found = keras::matcher(model, file).found();
    keras::require_fit(model, found, file.path());
    keras::load(model, found);
}

}  // namespace telar::inline TELAR_ABI::nn
