// SPDX-License-Identifier: BSL-1.0
// Versions that come, go and are broken: a "model" is a file with the number that it adds.
#include "models.hpp"

#include <doctest/doctest.h>

#include <telar/serve/model_store.hpp>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace telar;
using namespace serve_models;
namespace fs = std::filesystem;

namespace {

/// A folder of this test, which goes with it.
struct scratch {
    fs::path path = fs::temp_directory_path() / ("telar_model_store_" + std::to_string(::getpid()));
    scratch() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~scratch() { fs::remove_all(path); }
    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((path / name).parent_path());
        std::ofstream(path / name) << text;
    }
};
serve::model_loader number_loader() {
    return {"model.txt", [](const fs::path& p) {
                std::ifstream file(p);
                float addend = 0;
                if (!(file >> addend)) fail<file_error>(p.string() + ": no number");
                return half_plus(addend);
            }};
}
float ask(const serve::model_store& store, const std::string& name, const serve::version_choice& choice = {}) {
    return store.find(name, choice).model->run({filled(shape(1), 2)})[0].values<float>()[0];
}
std::string refusal(const serve::model_store& store, const std::string& name,
                    const serve::version_choice& choice = {}) {
    try {
        (void)store.find(name, choice);
        return "found";
    } catch (const serve::not_found& e) { return e.what(); }
}

}  // namespace

TEST_CASE("store: the newest version answers; a new one is swapped in whole") {
    const scratch folder;
    std::vector<std::string> lines;
    serve::model_store store({number_loader()}, {}, [&](const std::string& l) { lines.push_back(l); });
    store.add(serve::model_folder{"m", folder.path / "m"});
    store.poll();
    CHECK(refusal(store, "m") == "E291 not_found: model \"m\" has no version to answer");

    folder.write("m/1/model.txt", "10");
    folder.write("m/notes/model.txt", "99");  // no number, no version
    folder.write("m/7/other.txt", "99");      // no model
    store.poll();
    CHECK(ask(store, "m") == 11);
    CHECK(store.find("m", {}).version == 1);
    CHECK(store.find("m", {1, ""}).version == 1);
    CHECK(refusal(store, "m", {2, ""}) == "E291 not_found: model \"m\" has no version 2 to answer; there are 1");
    CHECK(refusal(store, "other") == "E291 not_found: no model \"other\"; there are \"m\"");

    const serve::served_version held = store.find("m", {});
    folder.write("m/2/model.txt", "20");
    store.poll();
    CHECK(ask(store, "m") == 21);
    CHECK(held.model->run({filled(shape(1), 2)})[0].values<float>()[0] == 11);  // of who was under way
    CHECK(store.status("m").size() == 1);
    CHECK(refusal(store, "m", {1, ""}).find("no version 1") != std::string::npos);
    CHECK(lines.size() == 3);
    CHECK(lines.back() == "m version 1: unloaded");
}
TEST_CASE("store: a broken version is reported, the old one stays, and a repaired one is taken") {
    const scratch folder;
    std::vector<std::string> lines;
    serve::model_store store({number_loader()}, {}, [&](const std::string& l) { lines.push_back(l); });
    store.add(serve::model_folder{"m", folder.path / "m"});
    folder.write("m/1/model.txt", "10");
    store.poll();
    folder.write("m/2/model.txt", "broken");
    store.poll();
    store.poll();
    CHECK(ask(store, "m") == 11);
    CHECK(lines.size() == 2);  // told once
    CHECK(lines.back().find("m version 2: ") == 0);
    CHECK(lines.back().find("model.txt: no number") != std::string::npos);
    const auto status = store.status("m");
    REQUIRE(status.size() == 2);
    CHECK(status[0].version == 2);
    CHECK(status[0].state == serve::version_state::ended);
    CHECK(status[0].problem.find("no number") != std::string::npos);
    CHECK(status[1].state == serve::version_state::available);
    CHECK(refusal(store, "m", {2, ""}).find("model.txt: no number") != std::string::npos);

    folder.write("m/2/model.txt", "20");  // of another size
    store.poll();
    CHECK(ask(store, "m") == 21);
    CHECK(store.status("m").size() == 1);
    fs::remove_all(folder.path / "m");
    store.poll();
    CHECK(ask(store, "m") == 21);  // the last one stays
}
TEST_CASE("store: named versions, several at once, labels") {
    const scratch folder;
    for (int v = 1; v <= 4; ++v) folder.write("m/" + std::to_string(v) + "/model.txt", std::to_string(10 * v));
    serve::model_store store({number_loader()});
    store.add(
        serve::model_folder{"named", folder.path / "m", {1, {1, 3}}, {{"stable", 1}, {"canary", 3}, {"gone", 9}}});
    store.add(serve::model_folder{"two", folder.path / "m", {2, {}}, {}});
    store.poll();
    CHECK(ask(store, "named") == 31);
    CHECK(ask(store, "named", {1, ""}) == 11);
    CHECK(ask(store, "named", {{}, "stable"}) == 11);
    CHECK(ask(store, "named", {{}, "canary"}) == 31);
    CHECK(refusal(store, "named", {{}, "other"}) == "E291 not_found: model \"named\" has no label \"other\"");
    CHECK(refusal(store, "named", {{}, "gone"}).find("no version 9") != std::string::npos);
    CHECK(store.status("two").size() == 2);
    CHECK(ask(store, "two", {3, ""}) == 31);
    CHECK_THROWS_AS(store.add(serve::model_folder{"two", folder.path / "m"}), invalid_argument);
}
TEST_CASE("store: each folder in a folder, and those that come later") {
    const scratch folder;
    folder.write("a/1/model.txt", "1");
    serve::model_store store({number_loader()});
    store.add("own", half_plus(2), 5);
    store.add_all(folder.path);
    store.poll();
    folder.write("b/1/model.txt", "3");
    store.poll();
    CHECK(store.names() == std::vector<std::string>{"a", "b", "own"});
    CHECK(ask(store, "b") == 4);
    CHECK(ask(store, "own", {5, ""}) == 3);
}
TEST_CASE("store: who asks while versions come never finds none") {
    const scratch folder;
    folder.write("m/1/model.txt", "1");
    serve::model_store store({number_loader()});
    store.add(serve::model_folder{"m", folder.path / "m"});
    store.poll();
    std::atomic<bool> is_over{false};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            float last = 0;
            while (!is_over) {
                try {
                    const float y = ask(store, "m");
                    wrong += y < last;
                    last = y;
                } catch (const error&) { ++wrong; }
            }
        });
    for (int v = 2; v < 12; ++v) {
        folder.write("m/" + std::to_string(v) + "/model.txt", std::to_string(v));
        store.poll();
        fs::remove_all(folder.path / "m" / std::to_string(v - 1));
    }
    is_over = true;
    for (std::thread& t : threads) t.join();
    CHECK(wrong == 0);
    CHECK(ask(store, "m") == 12);
}
