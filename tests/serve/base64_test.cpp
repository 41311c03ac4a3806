// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/serve/base64.hpp>

#include <string>

using telar::serve::base64_bytes;

namespace {

std::string text_of(std::string_view base64) {
    const auto bytes = base64_bytes(base64);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "refused";
}

}  // namespace

TEST_CASE("base64: RFC 4648's examples") {
    CHECK(text_of("") == "");
    CHECK(text_of("Zg==") == "f");
    CHECK(text_of("Zm8=") == "fo");
    CHECK(text_of("Zm9v") == "foo");
    CHECK(text_of("Zm9vYg==") == "foob");
    CHECK(text_of("Zm9vYmE=") == "fooba");
    CHECK(text_of("Zm9vYmFy") == "foobar");
    CHECK(text_of("aW1hZ2UgYnl0ZXM=") == "image bytes");
    CHECK(text_of("+/+/") == "\xfb\xff\xbf");
    CHECK(text_of("Zm8") == "fo");
}
TEST_CASE("base64: what is none") {
    for (const char* text : {"Z", "Zg=", "Zh==", "Zm9=", "Zm9v\n", "Zm9_", "Zg==Zg==", "====", "=", "Zm9vY==="})
        CHECK_MESSAGE(text_of(text) == "refused", text);
}
