// SPDX-License-Identifier: BSL-1.0
// The page: markup, style and scripts around the data, in one text that needs nothing else.
#pragma once
#include <telar/io/explorer/data.hpp>
#include <telar/io/explorer/markup.hpp>
#include <telar/io/explorer/script_draw.hpp>
#include <telar/io/explorer/script_layout.hpp>
#include <telar/io/explorer/script_model.hpp>
#include <telar/io/explorer/script_panels.hpp>
#include <telar/io/explorer/script_start.hpp>
#include <telar/io/explorer/script_views.hpp>
#include <telar/io/explorer/style.hpp>
#include <telar/io/svg.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::io::explorer {

inline std::string page_of(std::string_view title, const std::vector<explored_program>& programs) {
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"generator\" content=\"telar\">\n<title>";
    page += svg::escaped(title);
    page += "</title>\n<style>";
    page += style;
    page += "</style>\n</head>\n";
    page += markup;
    page += "<script type=\"application/json\" id=\"data\">";
    page += data_writer().written(title, programs);
    page += "</script>\n<script>\n'use strict';";
    for (const std::string_view part :
         {script_model, script_layout, script_draw, script_panels, script_views, script_start})
        page += part;
    return page + "</script>\n</body>\n</html>\n";
}

}  // namespace telar::inline TELAR_ABI::io::explorer
